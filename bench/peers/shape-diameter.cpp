// Shape-diameter segmentation as CGAL has it, with its defaults: reads an OFF file, writes one segment a face.
//   g++ -O2 -o shape-diameter shape-diameter.cpp -lgmp -lmpfr && ./shape-diameter model.off > model.seg
#include <CGAL/Exact_predicates_inexact_constructions_kernel.h>
#include <CGAL/Polygon_mesh_processing/orient_polygon_soup.h>
#include <CGAL/Polygon_mesh_processing/polygon_soup_to_polygon_mesh.h>
#include <CGAL/Surface_mesh.h>
#include <CGAL/mesh_segmentation.h>

#include <fstream>
#include <iostream>
#include <string>
#include <vector>

using Kernel = CGAL::Exact_predicates_inexact_constructions_kernel;
using Mesh = CGAL::Surface_mesh<Kernel::Point_3>;
using Face = boost::graph_traits<Mesh>::face_descriptor;

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: shape-diameter MODEL.off\n";
    return 2;
  }
  std::ifstream file(arguments[1]);
  std::string head;
  std::size_t vertices, faces, edges;
  file >> head >> vertices >> faces >> edges;
  std::vector<Kernel::Point_3> points;
  std::vector<std::vector<std::size_t>> polygons(faces, std::vector<std::size_t>(3));
  for (std::size_t v = 0; v < vertices; v++) {
    double x, y, z;
    file >> x >> y >> z;
    points.emplace_back(x, y, z);
  }
  for (auto& polygon : polygons) {
    std::size_t corners;
    file >> corners >> polygon[0] >> polygon[1] >> polygon[2];
  }
  if (!file) {
    std::cerr << "not an OFF file of triangles\n";
    return 1;
  }
  // Splits what is not manifold and turns faces around; their order stays.
  CGAL::Polygon_mesh_processing::orient_polygon_soup(points, polygons);
  Mesh mesh;
  CGAL::Polygon_mesh_processing::polygon_soup_to_polygon_mesh(points, polygons, mesh);
  auto diameter = mesh.add_property_map<Face, double>("f:diameter", 0).first;
  CGAL::sdf_values(mesh, diameter);
  auto segment = mesh.add_property_map<Face, std::size_t>("f:segment", 0).first;
  CGAL::segmentation_from_sdf_values(mesh, diameter, segment);
  for (const Face face : mesh.faces()) std::cout << segment[face] << '\n';
}
